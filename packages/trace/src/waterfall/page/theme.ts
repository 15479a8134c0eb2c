import { button } from './dom.ts';

const THEMES = ['auto', 'light', 'dark'] as const;
const ICONS = { auto: '◐', light: '☀', dark: '☾' } as const;

/** Goes round: what the system wants, light, dark. `onChange` comes after each change of what is seen, the system's own too. */
export function themeButton(onChange: () => void): HTMLButtonElement {
  let at = 0;
  const made = button('', () => apply(at + 1), { className: 'theme' });
  const apply = (next: number): void => {
    at = next % THEMES.length;
    const theme = THEMES[at] ?? 'auto';
    document.documentElement.dataset['theme'] = theme;
    made.textContent = `${ICONS[theme]} ${theme}`;
    made.title = `Colours: ${theme === 'auto' ? 'as the system wants' : theme} (t)`;
    onChange();
  };
  apply(0);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  return made;
}
