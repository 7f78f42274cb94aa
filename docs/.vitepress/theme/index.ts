import DefaultTheme from 'vitepress/theme';
import { h } from 'vue';
import light from '../../images/forecast.png';
import dark from '../../images/forecast-dark.png';
import './style.css';

const picture = (src: string, name: string) =>
  h('img', { src, class: name, alt: 'A forecast of carbon dioxide at Mauna Loa: the network follows the truth' });

// biome-ignore lint/style/noDefaultExport: VitePress reads it
export default {
  extends: DefaultTheme,
  Layout: () =>
    h(DefaultTheme.Layout, null, { 'home-hero-image': () => [picture(light, 'on-light'), picture(dark, 'on-dark')] }),
};
